/** Apart from what the first page needs: these are the longest words of the contract. */
import { reasonTexts, type Reason } from '@pinebill/contract';

export const reasonText = (reason: string | null) => (reason !== null && reason in reasonTexts ? reasonTexts[reason as Reason] : null);
