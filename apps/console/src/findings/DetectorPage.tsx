/** The page of a detector, as the documentation has it: from a finding one gets to how it is found. */
import { styled } from '@mui/material/styles';
import { detectorNames, detectors } from '@pinebill/contract';
import { LinkBase, useParams } from 'react-admin';
import { EmptyState } from '../elements/EmptyState';
import { Markdown } from '../elements/Markdown';
import { Page } from '../layout/Page';
import { detectorPages } from './detector-pages.gen';
import { detectorPath } from './finding-words';

// Names of settings and headings of columns are words, and stay whole; on a narrow screen the table is scrolled.
const Text = styled('div')({
  maxWidth: 760,
  overflowX: 'auto',
  fontSize: 14,
  lineHeight: '22px',
  '& th, & td:not(:last-child)': { whiteSpace: 'nowrap' },
  '& p:has(> strong:only-child), & h2': { marginTop: 10 },
});

const detectorsPath = '/findings/detectors';
const here = (path: string): string => `${window.location.origin}${window.location.pathname}#${detectorsPath}${path}`;

/** Without its title, which is the page's; other pages are linked where they are in the console, what is not stays in words. */
export const asShown = (page: string): string =>
  page
    .replace(/^# .*\n+/, '')
    .replace(/\]\(README\.md\)/g, `](${here('')})`)
    .replace(/\]\(([a-z-]+)\.md\)/g, (_, name: string) => `](${here(`/${name}`)})`)
    .replace(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, '$1');

function AllDetectors() {
  return (
    <Page title="Detectors" lead="What is looked for in the log of every organization, on every plan.">
      <ul style={{ margin: 0, paddingLeft: 18, maxWidth: 720, fontSize: 14, lineHeight: '24px' }}>
        {detectorNames.map((name) => (
          <li key={name}>
            <LinkBase to={detectorPath(detectors[name].document)}>{detectors[name].title}</LinkBase>: {detectors[name].meaning}
          </li>
        ))}
      </ul>
    </Page>
  );
}

export function DetectorPage() {
  const { name = '' } = useParams();
  if (name === '') return <AllDetectors />;
  const page = detectorPages[name];
  const title = Object.values(detectors).find(({ document }) => detectorPath(document) === `${detectorsPath}/${name}`)?.title;
  if (page === undefined || title === undefined)
    return (
      <Page title="Detector">
        <EmptyState title="There is no such detector" action={<LinkBase to={detectorsPath}>All detectors</LinkBase>}>
          The link may be of another version.
        </EmptyState>
      </Page>
    );
  return (
    <Page title={title}>
      <Text>
        <Markdown text={asShown(page)} />
      </Text>
    </Page>
  );
}
