import { styled } from '@mui/material/styles';
import { mono } from '../theme';

const kinds = { GET: 'read', HEAD: 'read', OPTIONS: 'read', POST: 'create', PUT: 'change', PATCH: 'change', DELETE: 'remove' } as const;

const Tag = styled('span', { shouldForwardProp: (name) => name !== 'kind' })<{ kind: 'read' | 'create' | 'change' | 'remove' }>(
  ({ theme, kind }) => ({
    fontFamily: mono,
    fontSize: 12,
    fontWeight: 600,
    letterSpacing: '0.01em',
    color: theme.palette.tone.methods[kind],
  }),
);

export function MethodTag({ method }: { method: string | null }) {
  return <Tag kind={method && method in kinds ? kinds[method as keyof typeof kinds] : 'read'}>{method ?? '–'}</Tag>;
}
