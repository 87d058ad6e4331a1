import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** What a file may not import or touch, beyond the project tags: each entry says why. */
const processEnv = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'process.env is read once, in apps/api/src/config.ts.',
};
const features = [
  'organizations',
  'api-keys',
  'audit-logs',
  'activity',
  'billing',
  'reference',
  'maintenance',
  'rate-limits',
  'system',
  'restrictions',
  'access-review',
  'exports',
  'hygiene',
  'notifications',
  'saved-views',
  'services-and-teams',
  'incident-response',
  'plan',
  'retention',
  'archives',
];
/** A feature reaches another one only through its index.ts; access/ is imported by app.module only; platform/ knows no feature. */
const insideApi = [
  {
    files: ['libs/audit/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/audit/src/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^@pinebill/testing$', message: 'The library installs without our test tools.' }] },
      ],
    },
  },
  {
    files: ['libs/contract/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^node:', message: 'The contract runs in browsers as well.' }] }],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'window', 'document'],
    },
  },
  {
    files: ['libs/detection/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'Detection computes; who reads and writes is the runner.' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Event time only: a replay must find the same.' },
        { object: 'Math', property: 'random', message: 'A replay must find the same.' },
      ],
    },
  },
  ...features.map((feature) => ({
    files: [`apps/api/src/${feature}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(?:\\.\\./)+access(/|$)', message: 'access/ is the door: only app.module imports it.' },
            {
              regex: `^(?:\\.\\./)+(${features.filter((f) => f !== feature).join('|')})/(?!index$).+`,
              message: 'Import another feature through its index.ts.',
            },
          ],
        },
      ],
    },
  })),
  {
    files: ['apps/api/src/platform/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^(?:\\.\\./)+(access|${features.join('|')})(/|$)`, message: 'platform/ knows no feature.' }] },
      ],
    },
  },
  {
    files: ['apps/api/src/**/*.ts'],
    ignores: ['apps/api/src/config.ts', 'apps/api/src/**/*.spec.ts', 'apps/api/src/testing/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        processEnv,
        {
          selector: "CallExpression[callee.name='InjectRepository']",
          message:
            'A repository uses the pool, outside the tenant transaction, and reads 0 rows under row-level security: use tenant.run(actor, (tx) => ...).',
        },
      ],
    },
  },
  {
    files: ['apps/console/src/**/*.{ts,tsx}'],
    ignores: ['apps/console/src/data-provider.ts', 'apps/console/src/**/*.spec.*'],
    rules: { 'no-restricted-globals': ['error', { name: 'fetch', message: 'The console talks to the API through data-provider.ts.' }] },
  },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/.nx', '**/coverage', '**/*.cjs', '**/*.mjs', '**/*.mts', '**/*.gen.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          // main.ts loads what a command needs when it is needed; that says nothing of others.
          checkDynamicDependenciesExceptions: ['.*'],
          allow: [],
          depConstraints: [
            { sourceTag: 'publish:public', onlyDependOnLibsWithTags: ['publish:public', 'scope:testing'] },
            { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'scope:contract', onlyDependOnLibsWithTags: ['scope:contract'] },
            { sourceTag: 'scope:console', onlyDependOnLibsWithTags: ['scope:contract', 'scope:console'] },
            {
              sourceTag: 'scope:api',
              onlyDependOnLibsWithTags: ['scope:contract', 'scope:audit', 'scope:detection', 'scope:testing', 'scope:api'],
            },
            { sourceTag: 'scope:audit', onlyDependOnLibsWithTags: ['scope:audit', 'scope:testing'] },
            { sourceTag: 'scope:detection', onlyDependOnLibsWithTags: ['scope:contract', 'scope:detection'] },
            { sourceTag: 'scope:testing', onlyDependOnLibsWithTags: ['scope:contract', 'scope:testing'] },
            { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: ['scope:contract', 'scope:audit', 'scope:detection', 'scope:testing'] },
            { sourceTag: 'scope:e2e', onlyDependOnLibsWithTags: ['scope:contract', 'scope:testing'] },
          ],
        },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 10],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false, arguments: false } }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // Nest and class-validator type their options as classes
      '@typescript-eslint/unbound-method': 'off', // false alarms on Nest decorators and jest matchers
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.spec.tsx', '**/testing/**', 'libs/testing/**', 'apps/e2e/**'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  // A console page is one component: its length is mark-up, and is bounded by the file's.
  {
    files: ['apps/console/src/**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 150, skipBlankLines: true, skipComments: true }], complexity: ['error', 15] },
  },
  // What is measured is the product's own classes, which no other tool may reach into.
  { files: ['tools/bench/**/*.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  ...insideApi,
  prettier,
);
