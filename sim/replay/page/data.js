// Arrays out of text, and values that change at instants: what they are at any minute.
const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array };

function unpack(packed) {
  const text = atob(packed.b), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new KINDS[packed.t](bytes.buffer);
}

// Sums of what was told as differences, each times a factor; with `lead` a 0 stands first.
function running(packed, factor = 1, lead = false) {
  const steps = unpack(packed), out = new Float64Array(steps.length + (lead ? 1 : 0));
  let sum = 0;
  for (let i = 0; i < steps.length; i++) { sum += steps[i]; out[i + (lead ? 1 : 0)] = sum * factor; }
  return out;
}

const instants = (packed) => running(packed, 1 / 60); // seconds told, minutes wanted

// How many of some ascending numbers are not above a value.
function countUpTo(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) { const middle = (low + high) >> 1; if (sorted[middle] <= value) low = middle + 1; else high = middle; }
  return low;
}

// The value of each of n keys over time; seeking copies a frame and applies fewer than EVERY changes.
class Timeline {
  static EVERY = 1024;

  constructor(n, at, key, value, start) {
    Object.assign(this, { n, at, key, value });
    this.now = new value.constructor(n).fill(start);
    this.frames = [this.now.slice()];
    for (let i = 0; i < key.length; i++) {
      this.now[key[i]] = value[i];
      if ((i + 1) % Timeline.EVERY === 0) this.frames.push(this.now.slice());
    }
  }

  static of(told, start = 0) { return new Timeline(told.n, instants(told.at), unpack(told.key), unpack(told.value), start); }

  // The values at a minute, in an array that the next call overwrites.
  seek(t) {
    const n = countUpTo(this.at, t), frame = Math.floor(n / Timeline.EVERY);
    this.now.set(this.frames[frame]);
    for (let i = frame * Timeline.EVERY; i < n; i++) this.now[this.key[i]] = this.value[i];
    return this.now;
  }

  // Over time, the weight of the keys whose value is wanted; that which they start with must not be.
  total(weight, wanted) {
    const had = new Uint8Array(this.n), change = new Float64Array(this.key.length);
    for (let i = 0; i < this.key.length; i++) {
      const key = this.key[i], has = wanted(this.value[i]) ? 1 : 0;
      change[i] = (has - had[key]) * (weight ? weight[key] : 1);
      had[key] = has;
    }
    return new Counter(this.at, change);
  }
}

// A running count.
class Counter {
  constructor(at, change) {
    this.at = at;
    this.sum = new Float64Array(change.length + 1);
    for (let i = 0; i < change.length; i++) this.sum[i + 1] = this.sum[i] + change[i];
  }

  static of(told) { return new Counter(instants(told.at), unpack(told.change)); }

  seek(t) { return this.sum[countUpTo(this.at, t)]; }
}
