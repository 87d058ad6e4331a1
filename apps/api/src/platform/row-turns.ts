/** Questions that are counted over the records themselves while somebody waits, a second or so each: of one kind or another, an organization has two at once. */
import { Injectable } from '@nestjs/common';
import { Turns } from './turns';

/** Of an organization in a process; others need the connections too. */
const AT_ONCE = 2;
const MOST_WAITING = 30;

@Injectable()
export class RowTurns extends Turns {
  constructor() {
    super(AT_ONCE, MOST_WAITING);
  }
}
