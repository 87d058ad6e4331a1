// One failed test is enough: says which, and ends the run. A spec that could not be run at all is no proof, and is told apart.
const { writeSync } = require('node:fs');
const say = (result) => writeSync(1, `\n@@${JSON.stringify(result)}\n`);

module.exports = class FirstFailure {
  onTestCaseResult(_test, result) {
    if (result.status !== 'failed') return;
    say({ failed: result.fullName, why: (result.failureMessages[0] ?? '').slice(0, 2_000) });
    process.exit(1);
  }
  onTestFileResult(_test, result) {
    if (result.testExecError) say({ broken: result.testExecError.message ?? String(result.testExecError) });
  }
  onRunComplete(_contexts, { numPassedTests, numFailedTests }) {
    say({ passed: numPassedTests, failures: numFailedTests });
  }
  getLastError() {}
};
