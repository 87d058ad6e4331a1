/** What is new for a key, while it is news: for a day from its first use. After that it is used like anything else, and the finding ends by being quiet. */
import { cellOf, type KeyView } from './key-view';
import { DAY_MS } from './measures/rhythm';

type News = { id: string; since: number };
/** Of one key at once. */
const MOST = 8;

const newsOf = (key: KeyView, name: string): { news: News[] } => cellOf(key, name, () => ({ news: [] as News[] }));

/** `news`: it is told already, and still news. `over`: it was. `none`: it is not among them. */
export function noveltyOf(key: KeyView, name: string, id: string): 'news' | 'over' | 'none' {
  const known = newsOf(key, name).news.find((one) => one.id === id);
  if (known === undefined) return 'none';
  return key.call.at - known.since <= DAY_MS ? 'news' : 'over';
}

export function beginNews(key: KeyView, name: string, id: string): void {
  const kept = newsOf(key, name);
  kept.news = [...kept.news.filter((one) => one.id !== id), { id, since: key.call.at }].slice(-MOST);
}
