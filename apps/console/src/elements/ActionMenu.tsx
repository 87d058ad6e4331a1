import Menu, { type MenuProps } from '@mui/material/Menu';

type Props = Pick<MenuProps, 'anchorOrigin' | 'transformOrigin' | 'children'> & {
  /** What the actions are for, in words. */
  label: string;
  anchor: HTMLElement | null;
  onClose: () => void;
};

/** A menu of actions. It is mounted at the end of the page, outside every landmark, so it is one itself. */
export function ActionMenu({ label, anchor, onClose, children, ...position }: Props) {
  return (
    <Menu
      open={anchor !== null}
      anchorEl={anchor}
      onClose={onClose}
      {...position}
      slotProps={{ paper: { role: 'region', 'aria-label': label }, list: { 'aria-label': label } }}
    >
      {children}
    </Menu>
  );
}
