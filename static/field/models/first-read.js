// The phone's database, asked for what the first screen shows while the other modules are still on their way.

import { atWork } from "./at-work.js";
import { Database } from "./database.js";

export const database = new Database();

const person = atWork()?.id;
if (person) database.readAhead({ settings: ["device"], keys: [person], bundles: [person], drafts: [], records: [] });
