import { Injectable } from '@nestjs/common';

/** Whether this process should be sent traffic: not before it listens, not after it was told to stop. */
@Injectable()
export class Lifecycle {
  private state: 'starting' | 'ready' | 'stopping' = 'starting';

  private readonly listeners = new Set<() => void>();

  get current(): 'starting' | 'ready' | 'stopping' {
    return this.state;
  }

  /** For answers that would go on for ever: they end then, and others do not wait for them. */
  onStopping(listener: () => void): void {
    this.listeners.add(listener);
  }

  listening(): void {
    this.state = 'ready';
  }

  stopping(): void {
    this.state = 'stopping';
    for (const listener of this.listeners) listener();
  }
}
