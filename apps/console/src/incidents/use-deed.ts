import { useState } from 'react';

/** Something that is done with one button: whether it is under way, and what the refusal was. Resolves to whether it was done. */
export function useDeed(after: () => unknown) {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    setState({ busy: true, error: null });
    try {
      await act();
      await after();
      setState({ busy: false, error: null });
      return true;
    } catch (error) {
      setState({ busy: false, error });
      return false;
    }
  };
  return { ...state, run };
}
