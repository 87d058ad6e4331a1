/** How keys were checked, since the start; counted at the door, shown by /metrics. */
import { Injectable } from '@nestjs/common';

@Injectable()
export class KeyCheckCounts {
  /** By what this process had heard before. */
  remembered = 0;
  /** By PostgreSQL. */
  asked = 0;
  /** Refused without asking: no key begins like this, and the network had tried too many. */
  unasked = 0;
}
