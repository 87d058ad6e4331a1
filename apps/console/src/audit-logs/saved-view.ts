/** Between a saved view and what the page of the log shows. A view keeps the filter as the API takes it, so that a program can use it too. */
import type { NewSavedView, SavedView } from '../api-types';
import { apiFilter, readQuery, withoutPeople, type LogQuery } from './log-query';
import type { Look } from './use-look';

type Content = Required<Pick<NewSavedView, 'filter' | 'range' | 'order' | 'columns' | 'density'>>;

/** Said in the URL when not even the view is wanted that the log opens with. */
export const noView = 'none';

/** What is saved of what is shown: a time that ends now is kept as that, not as when it began today. */
export function contentOf(query: LogQuery, look: Look): Content {
  const isFixed = query.from !== null || query.to !== null;
  return {
    filter: apiFilter({ ...query, preset: 'all' }, new Date(0)),
    range: isFixed ? null : query.preset,
    order: query.order,
    columns: [...(query.columns ?? look.columns)],
    density: query.density ?? look.density,
  };
}

/** Who called is not said in a view that hides nobody; the page says `any` for that, and nothing for "without people". */
function withActors(parameters: URLSearchParams): void {
  const actors = parameters.getAll('actorType');
  if (actors.length === 0) parameters.set('actorType', 'any');
  else if (actors.length === 1 && actors[0] === withoutPeople && !parameters.has('requestId')) parameters.delete('actorType');
}

export function viewQuery({ id, filter, range, order, columns, density }: SavedView): LogQuery {
  const parameters = new URLSearchParams({ view: id, order, range: range ?? 'all' });
  for (const [name, value] of Object.entries(filter)) for (const one of [value].flat()) parameters.append(name, one);
  withActors(parameters);
  if (columns !== null) parameters.set('columns', columns.join(','));
  if (density !== null) parameters.set('density', density);
  return readQuery(parameters.toString());
}

const sorted = ({ filter, ...rest }: Content): string =>
  JSON.stringify([
    Object.entries(filter)
      .map(([name, value]) => [name, [value].flat()])
      .sort(),
    rest,
  ]);

/** Whether the page shows something else than the view that was opened. */
export const isEdited = (view: SavedView, query: LogQuery, look: Look): boolean =>
  sorted(contentOf(viewQuery(view), look)) !== sorted(contentOf(query, look));
