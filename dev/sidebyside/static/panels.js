// What stands around the calendars: resources and their status, choices, the sync log, conflicts, messages.

const find = (id) => document.getElementById(id);
const make = (tag, content = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), content);
  element.append(...children);
  return element;
};
const HINTS = {
  not_invited: "Not connected yet: invite the resource, then connect its Outlook calendar.",
  awaiting_confirmation: "The e-mail is out. Open its link and connect as the person would.",
  reconnect_needed: "Microsoft no longer lets the app in: open the new link.",
  failed: "The last attempt failed: invite again.",
  disabled: "Disabled: invite again to connect.",
  paused: "Paused.",
  "": "The app has not told yet.",
};
const drawn = new Map();

// Redraws a part of the page only when what it shows is different, so that focus and scrolling stay.
function redraw(element, face, children) {
  const text = JSON.stringify(face);
  if (drawn.get(element) === text) return;
  drawn.set(element, text);
  element.replaceChildren(...children());
}

export function showChoices(scene, choose) {
  find("company").textContent = scene.company.name;
  find("who").textContent = `${scene.resources.find((each) => each.id === scene.resource).name} · ${scene.zone}`;
  redraw(find("resources"), [scene.resources, scene.resource], () => scene.resources.map((each) => tab(each, each.id === scene.resource, choose)));
  const mailboxes = scene.mailbox ? scene.mailboxes : ["", ...scene.mailboxes];
  options(find("mailbox"), mailboxes.map((upn) => [upn, upn || "Choose a mailbox"]), scene.mailbox);
  options(find("calendar"), scene.calendars.map((each) => [each.id, each.name + (each.writable ? "" : " (read only)")]), scene.calendar);
  find("calendar").hidden = scene.calendars.length < 2;
}

function tab(resource, selected, choose) {
  const button = make("button", { role: "tab", ariaSelected: String(selected), title: resource.email || "no e-mail address" });
  button.onclick = () => choose({ resource: resource.id, mailbox: "", calendar: "" });
  button.style.setProperty("--own", resource.color);
  const badge = make("span", { className: `badge ${resource.status}`, textContent: resource.label });
  button.append(make("i"), make("span", { textContent: resource.name }), badge);
  if (resource.open_conflicts) button.append(make("span", { className: "badge conflicts", textContent: resource.open_conflicts, title: "open conflicts" }));
  return button;
}

function options(select, pairs, chosen) {
  redraw(select, pairs, () => pairs.map(([value, text]) => new Option(text, value)));
  select.value = chosen;
}

export function showApp(scene, act) {
  const { app } = scene;
  const problems = [scene.app_problem, scene.outlook.problem, scene.timify.problem].filter(Boolean);
  redraw(find("actions"), [app.status, app.label, app.link, app.reason, app.last_check, problems, scene.resource], () =>
    [make("span", { className: "soft", textContent: problems.join(" ") || hint(app) }), ...buttons(scene, act)]);
  redraw(find("effort"), scene.effort, () => effort(scene.effort));
  redraw(find("log"), app.log ?? [], () => lines(app.log ?? [], scene.zone));
  const conflicts = app.conflicts ?? [];
  find("count").textContent = conflicts.length || "";
  redraw(find("conflicts"), conflicts, () => conflicts.length
    ? conflicts.map((each) => conflict(each, scene.zone, act))
    : [make("li", { className: "soft", textContent: "None: both calendars agree, or will in a moment." })]);
}

function hint(app) {
  if (app.status === "connected" || app.status === "importing") {
    const check = app.last_check;
    if (!check) return "Both calendars follow each other now.";
    const { conflict = 0, put_off = 0 } = check.differences;
    const healed = check.items - check.agree - conflict - put_off;
    return `${check.agree} of ${check.items} agreed at the last check${healed > 0 ? `, ${healed} put right since` : ""}.`;
  }
  if (app.reason === "many_deletions") return "Paused: many entries vanished from one side; the other side still has its own.";
  return [HINTS[app.status ?? ""], app.reason && `(${app.reason.replaceAll("_", " ")})`].filter(Boolean).join(" ");
}

function buttons(scene, act) {
  const { app } = scene;
  const press = (text, run, kind = "") => make("button", { textContent: text, onclick: run, className: kind });
  const invite = (text) => press(text, async (event) => {
    event.target.disabled = true;
    const done = await act.administer("invite");
    event.target.disabled = false;
    if (done) toast("The invitation is in the outbox.");
  }, "main");
  const connect = () => make("a", { href: app.link, target: "_blank", className: "button main", id: "connect",
    textContent: `Connect as ${scene.resources.find((each) => each.id === scene.resource).name} ↗` });
  const simple = (text, action, body) =>
    press(text, async () => (await act.administer(action, body)) && toast(`${text}: under way`));
  const disable = press("Disable", async () => {
    const sure = confirm("Disable this sync? Copies in the future are removed from both calendars.");
    if (sure && (await act.administer("disable", { copies: "remove_future" }))) toast("Disabled: copies go now.");
  });
  const by = {
    not_invited: () => [invite("Invite")],
    awaiting_confirmation: () => [...(app.link ? [connect()] : []), press("Send again", () => act.administer("invite"))],
    reconnect_needed: () => [...(app.link ? [connect()] : [invite("Invite again")]), disable],
    connected: () => [simple("Check", "check"), disable],
    importing: () => [disable],
    paused: () => [simple("Go on", "resume"),
      ...(app.reason === "many_deletions" ? [simple("Keep the copies", "resume", { copies: "keep" })] : []), disable],
    failed: () => [invite("Invite again")],
    disabled: () => [invite("Invite again")],
  };
  return by[app.status]?.() ?? [];
}

function effort(cost) {
  if (!cost) return [make("p", { className: "soft", textContent: "Drag something, and see what the app does about it." })];
  const figure = (value, unit) => make("div", { className: "figure" }, make("b", { textContent: value }), make("span", { textContent: unit }));
  const plural = (count, word) => `${word}${count === 1 ? "" : "s"}`;
  return [figure(cost.reads, plural(cost.reads, "read")), figure(cost.writes, plural(cost.writes, "write")),
    figure(cost.ms === null ? "–" : cost.ms, "ms to the write"), figure(cost.echo, "for the echo")];
}

function lines(log, zone) {
  if (!log.length) return [make("li", { className: "soft", textContent: "Nothing yet." })];
  return log.map((line) => make("li", { className: line.outcome },
    make("time", { textContent: new Date(line.at).toLocaleTimeString("en-GB", { timeZone: zone }), dateTime: line.at }),
    make("span", { className: `to ${line.side}`, textContent: line.side ? `→ ${line.side === "outlook" ? "Outlook" : "TIMIFY"}` : "" }),
    make("span", { className: "at", textContent: line.times ? moment(line.times.start, zone) : "" }),
    make("span", { textContent: line.text }),
    make("small", { textContent: line.took_ms ? `${line.took_ms} ms` : "" })));
}

function moment(text, zone) {
  const parts = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: zone };
  return new Date(text).toLocaleString("en-GB", parts).replaceAll(",", "");
}

const DECISIONS = { retry: "Retry", keep_timify: "Keep TIMIFY’s", keep_outlook: "Keep Outlook’s", ignore: "Ignore" };

function conflict(each, zone, act) {
  const times = [each.outlook && `Outlook ${moment(each.outlook.start, zone)}`, each.timify && `TIMIFY ${moment(each.timify.start, zone)}`].filter(Boolean).join(", ");
  const decide = (action) => make("button", { textContent: DECISIONS[action] ?? action,
    onclick: async () => (await act.administer("conflict", { id: each.id, action })) && toast("Decided: the calendars follow.") });
  return make("li", {}, make("p", { textContent: each.text }), make("p", { className: "soft", textContent: times }),
    make("p", { className: "buttons" }, ...each.actions.map(decide)));
}

export function toast(text, isProblem = false) {
  const element = make("p", { textContent: text, className: isProblem ? "bad" : "" });
  find("toasts").append(element);
  setTimeout(() => element.remove(), isProblem ? 9000 : 3500);
}
