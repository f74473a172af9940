/** export my data: a link to a file with all that is held of the person. */
import type { Message } from '../../delivery/message.ts';
import { beginExport, MOST_EXPORTS_A_DAY } from '../../privacy/exporting.ts';
import type { ExportKind, ExportLink } from '../../store/export-links.ts';
import { sentence } from '../cards/answers.ts';
import { exportCard } from '../cards/privacy.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

export async function linkToFile(
  services: Services,
  turn: Turn,
  kind: ExportKind,
  detail: ExportLink['detail'] = {},
): Promise<Message> {
  const url = await beginExport(services, turn, kind, detail);
  if (!url)
    return sentence(`You had ${MOST_EXPORTS_A_DAY} files within a day; that is all I give. Please try again tomorrow.`);
  return exportCard(url, kind, MOST_EXPORTS_A_DAY);
}

export const exportMyData: Command = {
  name: 'export my data',
  aliases: ['export', 'export data', 'my data', 'download my data'],
  usage: 'export my data',
  help: 'a file with all that I hold of you; “forget me” removes it',
  group: 'watching',
  run: (services, turn) => linkToFile(services, turn, 'own'),
};
