/** TypeIDs at the edge, uuids inside: `key_01h455vb4pex5vsknk084sn02q`. Source: the TypeID specification, version 0.3. */
import { TypeID } from 'typeid-js';
import { v7 } from 'uuid';
import { AppError } from './app-error';

export type IdPrefix =
  | 'log'
  | 'req'
  | 'key'
  | 'inc'
  | 'usr'
  | 'mem'
  | 'org'
  | 'ses'
  | 'ivt'
  | 'act'
  | 'inv'
  | 'cus'
  | 'svc'
  | 'team'
  | 'rvw'
  | 'prc'
  | 'exp'
  | 'xsc'
  | 'viw'
  | 'note'
  | 'fup'
  | 'cal'
  | 'evt'
  | 'lkr'
  | 'rul'
  | 'alr'
  | 'fnd'
  | 'nus'
  | 'chn'
  | 'ntf'
  | 'wkr';

/** A uuid, version 7: strictly increasing within this process. */
export const newId = (): string => v7();

export const typeId = (prefix: IdPrefix, uuid: string): string => TypeID.fromUUID(prefix, uuid).toString();
export const typeIdOrNull = (prefix: IdPrefix, uuid: string | null): string | null => (uuid === null ? null : typeId(prefix, uuid));

/** The uuid inside, or null when the text is no id of this kind. */
export function parseId(prefix: IdPrefix, text: string): string | null {
  try {
    return TypeID.fromString(text, prefix).toUUID();
  } catch {
    return null;
  }
}

/** For paths: an id that cannot be one of ours is answered like one that does not exist. */
export function requireId(prefix: IdPrefix, text: string): string {
  const uuid = parseId(prefix, text);
  if (uuid === null) throw new AppError('resource_not_found');
  return uuid;
}
