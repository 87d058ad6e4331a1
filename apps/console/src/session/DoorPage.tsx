import { styled } from '@mui/material/styles';
import type { ReactNode, SubmitEvent } from 'react';
import { Brand } from '../layout/Brand';
import { MaintenanceBanner } from '../layout/MaintenanceBanner';

const Whole = styled('div')({ display: 'grid', gridTemplateRows: 'auto 1fr', gridTemplateAreas: '"banner" "door"', minHeight: '100dvh' });
const Frame = styled('main')(({ theme }) => ({
  gridArea: 'door',
  display: 'grid',
  alignContent: 'center',
  justifyItems: 'center',
  gap: 28,
  boxSizing: 'border-box',
  padding: '32px 20px 12vh',
  background: theme.palette.tone.rail,
  color: theme.palette.tone.text,
}));
const card = styled('div')(({ theme }) => ({
  display: 'grid',
  gap: 16,
  width: '100%',
  maxWidth: 384,
  boxSizing: 'border-box',
  padding: 28,
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 12,
  background: theme.palette.tone.page,
  '& h1': { margin: 0, fontSize: 20, fontWeight: 600, lineHeight: '28px', letterSpacing: '-0.014em' },
  '& p': { margin: 0, fontSize: 13, lineHeight: '20px', color: theme.palette.tone.secondary },
  '& h1 + p': { marginTop: -10 },
}));

const Card = card;
const Form = card.withComponent('form');

/** A card that holds forms of its own. */
export function DoorFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Whole>
      <MaintenanceBanner />
      <Frame>
        <Brand />
        <Card>
          <h1>{title}</h1>
          {children}
        </Card>
      </Frame>
    </Whole>
  );
}

/** The pages before the frame: one card, one form, one thing to do. */
export function DoorPage({
  title,
  onSubmit,
  children,
}: {
  title: string;
  onSubmit?: (event: SubmitEvent<HTMLFormElement>) => void;
  children: ReactNode;
}) {
  return (
    <Whole>
      <MaintenanceBanner />
      <Frame>
        <Brand />
        <Form onSubmit={onSubmit ?? ((event) => event.preventDefault())}>
          <h1>{title}</h1>
          {children}
        </Form>
      </Frame>
    </Whole>
  );
}
