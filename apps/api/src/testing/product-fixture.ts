/** For specs that start the product as a process: a folder for its data and the processes themselves, new for each test and gone after it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProduct, runProduct, type ProductOptions, type ProductProcess } from './product-process';

export type ProductFixture = {
  /** Everybody may pass it: PostgreSQL runs as another user where we are root. */
  base: () => string;
  /** `data` below it, unless a test says otherwise. */
  dataDirectory: () => string;
  run: (options?: Partial<ProductOptions>) => ProductProcess;
};

/** At the top of a spec file; `name` is that of the bundle. */
export function productFixture(name: string): ProductFixture {
  let main: string;
  let base: string;
  let started: ProductProcess[] = [];
  beforeAll(() => {
    main = bundleProduct(name);
  });
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), `pinebill-${name}-`));
    chmodSync(base, 0o755);
  });
  afterEach(async () => {
    for (const product of started) {
      product.child.kill('SIGTERM');
      await product.ended();
    }
    started = [];
    rmSync(base, { recursive: true, force: true });
  });
  const dataDirectory = (): string => join(base, 'data');
  return {
    base: () => base,
    dataDirectory,
    run: (options = {}) => {
      const product = runProduct({ main, dataDirectory: dataDirectory(), ...options });
      started.push(product);
      return product;
    },
  };
}
