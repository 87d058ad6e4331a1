import { useGetList } from 'react-admin';
import type { AlertRule, ApiKey } from '../api-types';
import { useReaders } from '../incidents/use-readers';
import type { Names } from './alert-words';

/** Of the keys and people that rules are about. Asked for only where a rule names one. */
export function useSubjectNames(rules: readonly AlertRule[] | undefined): Names {
  const isNamed =
    rules?.some(({ subjects }) => subjects?.some(({ kind, value }) => value !== null && (kind === 'key' || kind === 'person'))) ?? false;
  const { data: keys = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false, enabled: isNamed });
  const readers = useReaders(isNamed);
  return new Map([...keys, ...readers].map(({ id, name }) => [id, name]));
}
