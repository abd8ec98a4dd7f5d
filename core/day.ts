/**
 * The front of the agenda: keys of the day that is under way, in a binary heap on typed arrays. Days are made so short
 * that it holds a handful, yet ten thousand entries of one instant cost it no more than their logarithm.
 */
export class Day {
  at: Float64Array = new Float64Array(64);
  /** Rank and sequence number in one. */
  order: Float64Array = new Float64Array(64);
  slot: Int32Array = new Int32Array(64);
  size = 0;

  push(at: number, order: number, slot: number): void {
    if (this.size === this.at.length) this.#grow();
    const ats = this.at;
    const orders = this.order;
    const slots = this.slot;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const parentAt = ats[parent]!;
      if (parentAt < at || (parentAt === at && orders[parent]! < order)) break;
      ats[i] = parentAt;
      orders[i] = orders[parent]!;
      slots[i] = slots[parent]!;
      i = parent;
    }
    ats[i] = at;
    orders[i] = order;
    slots[i] = slot;
  }

  /** Takes the first key out; the caller has read it, and knows that there is one. */
  shift(): void {
    const size = --this.size;
    if (size === 0) return;
    const ats = this.at;
    const orders = this.order;
    const slots = this.slot;
    const at = ats[size]!;
    const order = orders[size]!;
    const slot = slots[size]!;
    let i = 0;
    for (let child = 1; child < size; child = 2 * i + 1) {
      let childAt = ats[child]!;
      const right = child + 1;
      if (right < size) {
        const rightAt = ats[right]!;
        if (rightAt < childAt || (rightAt === childAt && orders[right]! < orders[child]!)) {
          child = right;
          childAt = rightAt;
        }
      }
      if (at < childAt || (at === childAt && order < orders[child]!)) break;
      ats[i] = childAt;
      orders[i] = orders[child]!;
      slots[i] = slots[child]!;
      i = child;
    }
    ats[i] = at;
    orders[i] = order;
    slots[i] = slot;
  }

  #grow(): void {
    this.at = grown(this.at, new Float64Array(this.at.length * 2));
    this.order = grown(this.order, new Float64Array(this.order.length * 2));
    this.slot = grown(this.slot, new Int32Array(this.slot.length * 2));
  }
}

function grown<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
