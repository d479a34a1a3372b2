import type { EpochMillis, Millis } from '../base/clock';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Go's time.Time, as far as templates use it. Methods are named as in Go, for templates call them. */
export class GoTime {
  /** @param zone an IANA name; UTC without one. */
  constructor(
    readonly epochMillis: EpochMillis,
    private readonly zone = 'UTC',
  ) {}

  Format(layout: string): string {
    return formatTime(this.wall(), layout);
  }
  UTC(): GoTime {
    return new GoTime(this.epochMillis);
  }
  Local(): GoTime {
    return this.UTC();
  }
  /** In another zone, by IANA name. */
  In(zone: string): GoTime {
    return new GoTime(this.epochMillis, zone);
  }
  Unix(): bigint {
    return BigInt(Math.floor(this.epochMillis / 1000));
  }
  UnixMilli(): bigint {
    return BigInt(Math.floor(this.epochMillis));
  }
  UnixNano(): bigint {
    return BigInt(Math.floor(this.epochMillis)) * 1_000_000n;
  }
  Year(): bigint {
    return BigInt(this.wall().year);
  }
  Month(): string {
    return MONTHS[this.wall().month - 1] ?? '';
  }
  Day(): bigint {
    return BigInt(this.wall().day);
  }
  Hour(): bigint {
    return BigInt(this.wall().hour);
  }
  Minute(): bigint {
    return BigInt(this.wall().minute);
  }
  Second(): bigint {
    return BigInt(this.wall().second);
  }
  YearDay(): bigint {
    return BigInt(yearDay(this.wall()));
  }
  Weekday(): string {
    return DAYS[this.wall().weekday] ?? '';
  }
  IsZero(): boolean {
    return this.epochMillis === ZERO_TIME;
  }
  Before(other: GoTime): boolean {
    return this.epochMillis < other.epochMillis;
  }
  After(other: GoTime): boolean {
    return this.epochMillis > other.epochMillis;
  }
  Equal(other: GoTime): boolean {
    return this.epochMillis === other.epochMillis;
  }
  Add(by: GoDuration): GoTime {
    return new GoTime(this.epochMillis + by.millis, this.zone);
  }
  Sub(other: GoTime): GoDuration {
    return new GoDuration(this.epochMillis - other.epochMillis);
  }
  String(): string {
    return this.goString();
  }
  /** As `{{ }}` prints it: `2006-01-02 15:04:05.999999999 -0700 MST`. */
  goString(): string {
    return formatTime(this.wall(), '2006-01-02 15:04:05.999999999 -0700 MST');
  }

  private wall(): WallTime {
    return wallTime(this.epochMillis, this.zone);
  }
}

/** Go's zero time, 0001-01-01T00:00:00Z. */
export const ZERO_TIME: EpochMillis = -62_135_596_800_000;

/** Go's time.Duration, as far as templates use it. */
export class GoDuration {
  constructor(readonly millis: Millis) {}

  Seconds(): number {
    return this.millis / 1000;
  }
  Minutes(): number {
    return this.millis / 60_000;
  }
  Hours(): number {
    return this.millis / 3_600_000;
  }
  Milliseconds(): bigint {
    return BigInt(Math.trunc(this.millis));
  }
  String(): string {
    return this.goString();
  }
  /** As `{{ }}` prints it: `1h2m3.5s`. */
  goString(): string {
    const { millis } = this;
    if (millis === 0) return '0s';
    const sign = millis < 0 ? '-' : '';
    const size = Math.abs(millis);
    if (size < 1000) return size >= 1 ? `${sign}${trim(size)}ms` : `${sign}${trim(size * 1000)}µs`;
    const hours = Math.floor(size / 3_600_000);
    const minutes = Math.floor(size / 60_000) % 60;
    const seconds = `${trim((size % 60_000) / 1000)}s`;
    return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}`;
  }
}

function trim(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly milli: number;
  readonly weekday: number;
  readonly offsetMinutes: number;
  readonly abbreviation: string;
}

function wallTime(at: EpochMillis, zone: string): WallTime {
  const offsetMinutes = zone === 'UTC' ? 0 : offsetOf(at, zone);
  const date = new Date(Math.floor(at) + offsetMinutes * 60_000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    milli: date.getUTCMilliseconds(),
    weekday: date.getUTCDay(),
    offsetMinutes,
    abbreviation: zone === 'UTC' ? 'UTC' : abbreviationOf(at, zone, offsetMinutes),
  };
}

function offsetOf(at: EpochMillis, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(at));
  const part = (type: string): number => Number(parts.find((candidate) => candidate.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60_000);
}

function abbreviationOf(at: EpochMillis, zone: string, offset: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' }).formatToParts(new Date(at));
  const name = parts.find((candidate) => candidate.type === 'timeZoneName')?.value ?? '';
  if (/^[A-Z]{2,5}$/.test(name)) return name;
  const sign = offset < 0 ? '-' : '+';
  const size = Math.abs(offset);
  return `${sign}${pad(Math.floor(size / 60))}${size % 60 > 0 ? pad(size % 60) : ''}`;
}

function yearDay(wall: WallTime): number {
  return Math.round((Date.UTC(wall.year, wall.month - 1, wall.day) - Date.UTC(wall.year, 0, 1)) / 86_400_000) + 1;
}

const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|__2|_2|002|01|02|03|04|05|06|15|PM|pm|Z07:00|Z0700|Z07|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|1|2|3|4|5/g;

/** Go's time.Format: the layout shows how 2006-01-02 15:04:05 would look. */
function formatTime(wall: WallTime, layout: string): string {
  const hour12 = wall.hour % 12 === 0 ? 12 : wall.hour % 12;
  return layout.replace(LAYOUT, (piece) => {
    switch (piece) {
      case 'January':
        return MONTHS[wall.month - 1] ?? '';
      case 'Jan':
        return (MONTHS[wall.month - 1] ?? '').slice(0, 3);
      case 'Monday':
        return DAYS[wall.weekday] ?? '';
      case 'Mon':
        return (DAYS[wall.weekday] ?? '').slice(0, 3);
      case 'MST':
        return wall.abbreviation;
      case '2006':
        return String(wall.year).padStart(4, '0');
      case '06':
        return pad(wall.year % 100);
      case '01':
        return pad(wall.month);
      case '1':
        return String(wall.month);
      case '02':
        return pad(wall.day);
      case '_2':
        return String(wall.day).padStart(2, ' ');
      case '2':
        return String(wall.day);
      case '002':
        return String(yearDay(wall)).padStart(3, '0');
      case '__2':
        return String(yearDay(wall)).padStart(3, ' ');
      case '15':
        return pad(wall.hour);
      case '03':
        return pad(hour12);
      case '3':
        return String(hour12);
      case '04':
        return pad(wall.minute);
      case '4':
        return String(wall.minute);
      case '05':
        return pad(wall.second);
      case '5':
        return String(wall.second);
      case 'PM':
        return wall.hour >= 12 ? 'PM' : 'AM';
      case 'pm':
        return wall.hour >= 12 ? 'pm' : 'am';
    }
    if (piece.startsWith('Z') || piece.startsWith('-')) return zoneOffset(piece, wall.offsetMinutes);
    return fraction(piece, wall.milli);
  });
}

function zoneOffset(piece: string, offset: number): string {
  if (piece.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const sign = offset < 0 ? '-' : '+';
  const hours = pad(Math.floor(size / 60));
  if (piece.endsWith('07')) return sign + hours;
  return sign + hours + (piece.includes(':') ? ':' : '') + pad(size % 60);
}

function fraction(piece: string, milli: number): string {
  const digits = String(milli)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, piece.length - 1);
  if (piece[1] === '0') return piece[0] + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : piece[0] + trimmed;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
