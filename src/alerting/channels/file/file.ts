import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../../base/errors';
import { delivered, retry } from '../../notify/delivery';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { defineChannel } from '../channel';
import { webhookBody } from '../webhook/webhook';

const config = z.strictObject({
  send_resolved: z.boolean().default(true),
  /** Where to append to; `-` is the console. */
  path: z.string().min(1),
  /** `json`: a line per notification; `text`: as for people. */
  format: z.enum(['json', 'text']).default('json'),
});

/** Appends each notification to a file, or prints it. */
export const file = defineChannel({
  name: 'file',
  doc: 'Appends each notification to a file, or prints it to the console.',
  pace: { concurrency: 1 },
  config,
  resolve: (given) => given,
  create: ({ path, format }) => ({
    send: async (notification) => {
      const text =
        format === 'json'
          ? `${webhookBody(notification, 0)}\n`
          : `${new Date(notification.at).toISOString()} ${titleText(notification, 200)}\n${bodyText(notification, plainMarkup, 8000)}\n\n`;
      if (path === '-') {
        process.stdout.write(text);
        return delivered();
      }
      try {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, text);
        return delivered();
      } catch (error) {
        return retry(messageOf(error));
      }
    },
  }),
});
