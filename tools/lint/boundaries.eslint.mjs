// The project's own rules without those that ask for types: a line is crossed by an import, and for that nobody needs to know what it is of.
import tseslint from 'typescript-eslint';
import config from '../../eslint.config.mjs';

export default [...config, { ...tseslint.configs.disableTypeChecked, files: ['**/*.ts', '**/*.tsx'] }];
