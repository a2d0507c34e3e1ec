// The report was received: what this browser kept of it goes. <… data-controller="portal/sent" data-draft="id">

import { forgetDraft } from "./draft.js";

export default function connect(element) {
  forgetDraft(element.dataset.draft);
}
