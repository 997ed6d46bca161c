import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidParameter, invariant } from '@stowage/domain';

/**
 * Input of all paged operations. Each operation checks its own range for `maxResults` first. The default is {@link
 * PAGE_ITEMS_DEFAULT}.
 */
export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** One page, in the order of the list. The last page has no `nextToken`. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

export const PAGE_ITEMS_DEFAULT = 100;
/** Page limit of Elastic Load Balancing, which allows the largest pages. */
export const PAGE_ITEMS_MAX = 400;

/** End of a page: the sort key of its last item. */
export type Cursor = readonly (string | number)[];

const MAC_BYTES = 16;

/**
 * Pages by key. A token contains the key of the last returned item, so that items which are added or removed between
 * two pages neither repeat nor hide another item. It is signed together with the query and therefore only continues the
 * list that it was issued for.
 */
export class Pages {
  /** `key` is the same in every replica. */
  constructor(private readonly key: string) {}

  /**
   * Opens the page that `request` asks for. `query` identifies the operation and its filters.
   * @throws Refusal if the token was not issued for this query.
   */
  open(query: unknown, request: PageRequest): OpenPage {
    const limit = request.maxResults ?? PAGE_ITEMS_DEFAULT;
    invariant(Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ITEMS_MAX, `A page of ${limit} items.`);
    const scope = JSON.stringify(query);
    const after = request.nextToken === undefined ? undefined : this.decode(scope, request.nextToken);
    return { limit, fetch: limit + 1, after, tokenFor: (cursor) => this.encode(scope, cursor) };
  }

  private encode(scope: string, cursor: Cursor): string {
    const body = Buffer.from(JSON.stringify(cursor));
    return Buffer.concat([this.mac(scope, body), body]).toString('base64url');
  }

  private decode(scope: string, token: string): Cursor {
    const bytes = Buffer.from(token, 'base64url');
    const body = bytes.subarray(MAC_BYTES);
    // Base64 allows several spellings of the same bytes. Only the spelling that was issued is valid.
    const genuine =
      bytes.toString('base64url') === token &&
      bytes.length > MAC_BYTES &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(scope, body));
    if (!genuine) throw invalidParameter('Invalid token.');
    return JSON.parse(body.toString()) as Cursor;
  }

  private mac(scope: string, body: Buffer): Buffer {
    return createHmac('sha256', this.key).update(scope).update('\n').update(body).digest().subarray(0, MAC_BYTES);
  }
}

/**
 * A page to read: read `fetch` items after `after`. It is one more than `limit`, which shows whether another page
 * follows.
 */
export interface OpenPage {
  readonly limit: number;
  readonly fetch: number;
  readonly after: Cursor | undefined;
  readonly tokenFor: (cursor: Cursor) => string;
}

/** Returns the page for the items that were found, in order, at most `fetch` of them. */
export function pageOf<Found, Item>(
  page: OpenPage,
  found: readonly Found[],
  as: { readonly cursor: (found: Found) => Cursor; readonly item: (found: Found) => Item },
): Page<Item> {
  const shown = found.slice(0, page.limit);
  const last = shown.at(-1);
  const items = shown.map(as.item);
  return found.length > page.limit && last !== undefined
    ? { items, nextToken: page.tokenFor(as.cursor(last)) }
    : { items };
}
