// The built product (dist/), real processes, real Chromium. One at a time: the machine has two cores.
module.exports = { ...require('../../jest.preset.cjs')('e2e'), testTimeout: 240_000, maxWorkers: 1 };
