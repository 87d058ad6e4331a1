/** What a person reads at the end of the start. The generated password is printed here, once, and nowhere else: not through the logger. */
import type { Config } from './config';
import type { Product } from './product';

export function announce(config: Config, { url, firstRun }: Pick<Product, 'url' | 'firstRun'>): string {
  const lines = ['', `  PineBill is ready: ${url}`];
  // The demo names its own people when it has made them.
  const created = firstRun.created && !config.demo;
  if (created) lines.push(`  Sign in as:        ${firstRun.adminEmail ?? ''}`);
  if (created && firstRun.password !== null)
    lines.push(`  Password:          ${firstRun.password}   (shown this once; you choose your own at the first sign-in)`);
  if (!firstRun.created && !config.demo) lines.push('  Sign in with your account. Locked out: npm run reset-admin');
  lines.push(`  API reference:     ${url}/docs`, '  Stop:              Ctrl-C', '');
  return lines.join('\n');
}
