import { useDataProvider } from 'react-admin';
import type { Member } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ConfirmDanger } from '../elements/ConfirmDanger';

export function ResetSecondFactor({ member, onClose }: { member: Member; onClose: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return (
    <ConfirmDanger
      title={`Reset the second factor of ${member.name}?`}
      action="Reset"
      onClose={onClose}
      onConfirm={() => dataProvider.resetSecondFactor(member.id)}
    >
      <span>
        For somebody who has lost the app and the recovery codes. Make sure that it is they who ask: from now on the password alone lets{' '}
        {member.email} in. Their sessions end.
      </span>
    </ConfirmDanger>
  );
}
