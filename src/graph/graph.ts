/** The port, filled with the real calls. A new call is a new file and a line here. */
import { createMeeting, writeRooms } from './book-room.ts';
import { listCalendars } from './calendars.ts';
import { writeCategories } from './categories.ts';
import type { Caller } from './client.ts';
import { deleteEvent } from './delete-event.ts';
import { readDeltaPage } from './delta.ts';
import { readEvent, readEvents, writeBody } from './events.ts';
import { countPeople, findPersonId, listMembers, probeCalendar, readGroup } from './groups.ts';
import { readMailboxSettings } from './mailbox-settings.ts';
import { findAccounts, listRooms, readRoom } from './places.ts';
import type { Graph } from './port.ts';
import { respond } from './respond.ts';
import { sendMail } from './send-mail.ts';
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  renewSubscription,
} from './subscriptions.ts';
import { addTask, findTaskList, hasTask } from './tasks.ts';

export function createGraph(call: Caller): Graph {
  return {
    readDeltaPage: readDeltaPage(call),
    readEvent: readEvent(call),
    readEvents: readEvents(call),
    listCalendars: listCalendars(call),
    writeBody: writeBody(call),
    writeCategories: writeCategories(call),
    respond: respond(call),
    deleteEvent: deleteEvent(call),
    createMeeting: createMeeting(call),
    writeRooms: writeRooms(call),
    sendMail: sendMail(call),
    findTaskList: findTaskList(call),
    addTask: addTask(call),
    hasTask: hasTask(call),
    readMailboxSettings: readMailboxSettings(call),
    createSubscription: createSubscription(call),
    renewSubscription: renewSubscription(call),
    getSubscription: getSubscription(call),
    deleteSubscription: deleteSubscription(call),
    listSubscriptions: listSubscriptions(call),
    readGroup: readGroup(call),
    listMembers: listMembers(call),
    findPersonId: findPersonId(call),
    countPeople: countPeople(call),
    probeCalendar: probeCalendar(call),
    listRooms: listRooms(call),
    readRoom: readRoom(call),
    findAccounts: findAccounts(call),
  };
}
