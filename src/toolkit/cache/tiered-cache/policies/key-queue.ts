interface Node {
  readonly key: string;
  /** For whoever counts something per key. */
  count: number;
  previous: Node | undefined;
  next: Node | undefined;
}

/**
 * Keys in order, first in first out, all operations O(1). (The first element of a Map or Set is not: finding it steps over
 * all that were deleted before it.)
 */
export class KeyQueue {
  private readonly nodes = new Map<string, Node>();
  private head: Node | undefined;
  private tail: Node | undefined;

  get size(): number {
    return this.nodes.size;
  }

  has(key: string): boolean {
    return this.nodes.has(key);
  }

  /** Appends a key that is not in. */
  push(key: string, count = 0): void {
    const node: Node = { key, count, previous: this.tail, next: undefined };
    if (this.tail === undefined) this.head = node;
    else this.tail.next = node;
    this.tail = node;
    this.nodes.set(key, node);
  }

  /** Makes a key the last; false when it is not in. */
  touch(key: string): boolean {
    const node = this.nodes.get(key);
    if (node === undefined) return false;
    if (node !== this.tail) {
      this.unlink(node);
      node.previous = this.tail;
      node.next = undefined;
      if (this.tail === undefined) this.head = node;
      else this.tail.next = node;
      this.tail = node;
    }
    return true;
  }

  peek(): string | undefined {
    return this.head?.key;
  }

  /** The first few, in order. */
  oldest(most: number): string[] {
    const keys: string[] = [];
    for (let node = this.head; node !== undefined && keys.length < most; node = node.next) keys.push(node.key);
    return keys;
  }

  shift(): string | undefined {
    const key = this.head?.key;
    if (key !== undefined) this.delete(key);
    return key;
  }

  delete(key: string): boolean {
    const node = this.nodes.get(key);
    if (node === undefined) return false;
    this.nodes.delete(key);
    this.unlink(node);
    return true;
  }

  countOf(key: string): number | undefined {
    return this.nodes.get(key)?.count;
  }

  /** Adds to a key's count, up to `most`; nothing when it is not in. */
  bump(key: string, most: number): void {
    const node = this.nodes.get(key);
    if (node !== undefined && node.count < most) node.count++;
  }

  private unlink(node: Node): void {
    if (node.previous === undefined) this.head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.tail = node.previous;
    else node.next.previous = node.previous;
  }
}
