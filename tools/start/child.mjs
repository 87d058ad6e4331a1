// Runs a program to its end with our terminal, and takes it along when we are told to stop.
import { spawn } from 'node:child_process';

/** Resolves with the exit code. A stop signal is passed on to the program, and then ends us. */
export function runChild(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = (signal) => {
      child.kill(signal);
      child.once('exit', () => process.exit(130));
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(signal === null ? code : 1);
    });
  });
}
