/* For htmx and plain forms: say that it works, say that it failed, send once. */
(() => {
  const root = document.documentElement;
  const announcer = document.getElementById("announcer");
  const say = (text) => { announcer.textContent = ""; setTimeout(() => (announcer.textContent = text), 60); };
  let slow = 0;
  const begin = () => {
    clearTimeout(slow);
    slow = setTimeout(() => { root.dataset.working = ""; say(announcer.dataset.working); }, 300);
  };
  const end = () => { clearTimeout(slow); delete root.dataset.working; };

  /* A language is chosen for the page shown now; a plain form is sent once. */
  addEventListener("submit", (event) => {
    const form = event.target;
    for (const here of form.querySelectorAll("[data-here]")) here.value = location.pathname + location.search;
    for (const there of form.querySelectorAll("[data-there]")) there.value = there.value.split("?")[0] + location.search;
    if (form.hasAttribute("hx-get") || form.hasAttribute("hx-post")) return;
    if (form.ariaBusy === "true") return event.preventDefault();
    if (form.method === "post") {
      form.ariaBusy = "true";
      event.submitter?.setAttribute("aria-busy", "true");
      setTimeout(() => (form.ariaBusy = null), 10000);
    }
    begin();
  });
  addEventListener("pageshow", () => {
    end();
    /* Back on a page changed by its own form: show it as it is now. */
    if (history.state?.changed) { history.replaceState(null, ""); location.reload(); }
    for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  });

  addEventListener("change", (event) => event.target.closest("[data-sends-itself]")?.requestSubmit());

  /* One address for one view of a list. */
  addEventListener("htmx:configRequest", (event) => {
    const { verb, parameters } = event.detail;
    for (const name of Object.keys(parameters)) if (verb === "get" && !parameters[name]) delete parameters[name];
  });

  addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (elt.ariaBusy === "true") return event.preventDefault();
    elt.ariaBusy = "true";
    begin();
  });
  addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status === 204 && xhr.getResponseHeader("HX-Redirect")) return history.replaceState({ changed: 1 }, "");
    elt.ariaBusy = null;
    end();
  });

  const tell = (html, text) => {
    const messages = document.getElementById("messages");
    messages.innerHTML = html;
    if (text) {
      const message = messages.appendChild(document.createElement("div"));
      message.className = "message message--error";
      message.appendChild(document.createElement("p")).textContent = text;
    }
    messages.scrollIntoView({ block: "center" });
  };
  /* A refusal never replaces what was typed. */
  const refusal = (xhr) => (/data-refusal/.test(xhr.responseText.slice(0, 400)) ? xhr.responseText : "");
  addEventListener("htmx:beforeSwap", (event) => {
    const html = event.detail.xhr.status > 399 && refusal(event.detail.xhr);
    if (html) { event.detail.shouldSwap = false; tell(html); }
  });
  addEventListener("htmx:responseError", (event) => {
    if (!refusal(event.detail.xhr)) tell("", announcer.dataset.failed);
  });
  const lost = () => tell("", announcer.dataset[navigator.onLine ? "failed" : "offline"]);
  addEventListener("htmx:sendError", lost);
  addEventListener("htmx:timeout", lost);

  /* htmx keeps the focus by id and obeys `autofocus`. */
  addEventListener("htmx:afterSettle", (event) => {
    const news = event.detail.elt.querySelector?.("[data-announce]");
    if (news) say(news.textContent);
  });
})();
