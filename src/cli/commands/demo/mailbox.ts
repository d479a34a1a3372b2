import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { Clock } from '../../../base/clock';
import { Arrivals } from './inbox';

/** A mail as its reader sees it. */
export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** An SMTP server of the demo's own, with one mailbox that takes everything. */
export class Mailbox {
  readonly arrivals: Arrivals<Mail>;
  private readonly server: SMTPServer;

  constructor(clock: Clock) {
    this.arrivals = new Arrivals(clock);
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onData: (stream, _session, done) => {
        simpleParser(stream).then(
          (mail) => {
            const to = Array.isArray(mail.to) ? mail.to.map((each) => each.text).join(', ') : (mail.to?.text ?? '');
            this.arrivals.add({
              from: mail.from?.text ?? '',
              to,
              subject: mail.subject ?? '',
              text: mail.text ?? '',
              html: typeof mail.html === 'string' ? mail.html : '',
            });
            done();
          },
          (error: Error) => done(error),
        );
      },
    });
  }

  /** Resolves with the port on 127.0.0.1. */
  async start(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.on('error', reject);
      this.server.listen(0, '127.0.0.1', () => resolve());
    });
    const address = this.server.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
