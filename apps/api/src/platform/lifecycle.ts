import { Injectable } from '@nestjs/common';

/** Whether this process should be sent traffic: not before it listens, not after it was told to stop. */
@Injectable()
export class Lifecycle {
  private state: 'starting' | 'ready' | 'stopping' = 'starting';

  get current(): 'starting' | 'ready' | 'stopping' {
    return this.state;
  }

  listening(): void {
    this.state = 'ready';
  }

  stopping(): void {
    this.state = 'stopping';
  }
}
