import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';
import * as React from 'react';

configure({ asyncUtilTimeout: 15_000 });

/**
 * React notes for each element where in the code it was made, ten thousand a second at most, for the texts of its warnings: a tenth of the time of
 * these specs. Here the ten thousand are always used up; the warnings stay, and so do the names of the components in them.
 */
const internals = '__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE';
const used = { get: () => 10_000, set: () => undefined };
Object.defineProperty((React as unknown as Record<string, object>)[internals], 'recentlyCreatedOwnerStacks', used);
