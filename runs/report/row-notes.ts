/**
 * The measure of what findings need to know of one traffic row and its figures don't say.
 */
import type { OperatorFunction } from 'rxjs';
import { Outcome } from '../../net/request.ts';
import type { World } from '../world/world.ts';
import type { RowNotes } from './finding.ts';
import { type Tally, tallied } from './measure.ts';
import type { RequestStory } from './request-story.ts';
import type { ServicePort } from './service-index.ts';

export function rowNotes(world: World): OperatorFunction<RequestStory, RowNotes> {
  return tallied(() => new NotesTally(world));
}

class NotesTally implements Tally<RequestStory, RowNotes> {
  readonly #world: World;
  #service: ServicePort | undefined;
  #secondHops = 0;
  #lost = 0;
  #source = '';
  #seen = '';
  #seenAt = '';

  constructor(world: World) {
    this.#world = world;
  }

  take(story: RequestStory): void {
    this.#service ??= story.service;
    if (story.outcome !== Outcome.Answered) return;
    if (story.fromOutside && story.nodes > 1 && story.service?.byNode) this.#secondHops++;
    // A source of 127.0.0.0/8 cannot leave its host: nobody expects it to be seen elsewhere.
    if (story.seen === story.source || story.source.startsWith('127.')) return;
    this.#lost++;
    if (this.#seen !== '') return;
    this.#source = story.source;
    this.#seen = story.seen;
    this.#seenAt = ownerOf(this.#world, story.seen);
  }

  figure(): RowNotes {
    return {
      service: this.#service,
      secondHops: this.#secondHops,
      lost: this.#lost,
      source: this.#source,
      seen: this.#seen,
      seenAt: this.#seenAt,
    };
  }
}

function ownerOf({ net }: World, text: string): string {
  const address = net.addresses.find(text);
  return net.hosts.find((host) => host?.localAddresses.has(address))?.name ?? '';
}
