import { useGetList } from 'react-admin';
import type { Member } from '../api-types';

/** A person, by the id that incidents know people by: not that of their membership. */
export type Reader = { id: string; name: string };

/** Those who can see an incident. */
export function useReaders(enabled = true): Reader[] {
  const { data = [] } = useGetList<Member>('members', { pagination: { page: 1, perPage: 200 } }, { retry: false, enabled });
  return data.flatMap(({ userId, name, role, state }) =>
    userId !== null && role !== 'guest' && state === 'active' ? [{ id: userId, name }] : [],
  );
}
