import type { Incident } from '../api-types';
import { StepFrame } from './StepFrame';

export function ExtentStep({ incident }: { incident: Incident }) {
  return (
    <StepFrame incident={incident} name="scoped">
      {null}
    </StepFrame>
  );
}
