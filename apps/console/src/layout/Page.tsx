import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { useEffect, type ReactNode } from 'react';

const Frame = styled('div', { shouldForwardProp: (name) => name !== 'form' })<{ form?: boolean }>(({ form = false }) => ({
  padding: '20px 24px 48px',
  maxWidth: form ? 608 : undefined,
  '@media (max-width: 640px)': { padding: '16px 16px 40px' },
}));
const Head = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'flex-start',
  gap: '8px 16px',
  marginBottom: 18,
  '& > div:first-of-type': { flex: '1 1 240px', minWidth: 0 },
  '& h1': { margin: 0, fontSize: 20, fontWeight: 600, lineHeight: '28px', letterSpacing: '-0.014em', overflowWrap: 'anywhere' },
  '& p': { margin: '2px 0 0', color: theme.palette.tone.secondary, fontSize: 14, lineHeight: '20px', maxWidth: 720 },
  '& > div:last-of-type:not(:first-of-type)': { display: 'flex', flexWrap: 'wrap', gap: 8 },
}));

type HeadProps = { title: string; lead?: ReactNode; actions?: ReactNode };

export function PageHead({ title, lead, actions }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · PineBill`;
  }, [title]);
  return (
    <Head>
      <div>
        <h1>{title}</h1>
        {lead && <p>{lead}</p>}
      </div>
      {actions && <div>{actions}</div>}
    </Head>
  );
}

/** One page: its heading, its actions, its content. Forms stay narrow, lists use the width. */
export function Page({ children, form, ...head }: HeadProps & { children: ReactNode; form?: boolean }) {
  return (
    <Frame {...(form ? { form } : {})}>
      <PageHead {...head} />
      {children}
    </Frame>
  );
}

export function PageSkeleton() {
  return (
    <Frame aria-busy aria-label="Loading">
      <Skeleton width={160} height={20} style={{ marginBottom: 28 }} />
      {Array.from({ length: 8 }, (_, row) => (
        <Skeleton key={row} width={`${92 - ((row * 17) % 40)}%`} height={12} style={{ marginBottom: 24 }} />
      ))}
    </Frame>
  );
}

/** A titled part of a page. */
export const Part = styled('section')(({ theme }) => ({
  '& + &': { marginTop: 28 },
  '& > h2': { margin: '0 0 10px', fontSize: 15, fontWeight: 600, lineHeight: '24px', display: 'flex', alignItems: 'baseline', gap: 12 },
  '& > h2 > a': { fontSize: 13, fontWeight: 500 },
  '& > h2 + p': { marginTop: -6 },
  '& > p': { margin: '0 0 12px', color: theme.palette.tone.secondary, maxWidth: 720, fontSize: 14, lineHeight: '22px' },
}));
/** What stands under each other in a form. */
export const Stack = styled('div')({ display: 'grid', gap: 16, justifyItems: 'stretch' });
export const Row = styled('div')({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 8 });
