import { Injectable } from '@nestjs/common';

/** The only source of "now" for rules; tests replace it and move time. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
