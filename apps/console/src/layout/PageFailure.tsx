import { Component, type ReactNode } from 'react';
import { ProblemView } from '../elements/ProblemView';

/** A page that throws leaves the frame standing: one can go elsewhere or try again. */
export class PageFailure extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div style={{ padding: 24, maxWidth: 640 }}>
        <ProblemView error={this.state.error} retry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
