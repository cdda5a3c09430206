/* n and p turn the page; the reader comes back to the block where they stopped. */
(() => {
  const lesson = document.getElementById("lesson");
  if (!lesson) return;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, video, [contenteditable]")) return;
    if (event.key === "n" || event.key === "p") document.querySelector(`[data-key="${event.key}"]`)?.click();
  });

  const { place, placeUrl, resumed, top } = lesson.dataset;
  const blocks = [...lesson.querySelectorAll("[data-block]")];
  const stopped = place && document.getElementById(`b-${place}`);
  if (stopped && stopped !== blocks[0] && !location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate") {
    stopped.scrollIntoView({ behavior: "instant" });
    stopped.classList.add("here");
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    document.body.append(notice);
    setTimeout(() => {
      const button = document.createElement("button");
      button.textContent = top;
      button.onclick = () => { scrollTo(0, 0); notice.remove(); document.getElementById("main").focus(); };
      notice.append(resumed, button);
    }, 100);
    setTimeout(() => notice.matches(":focus-within, :hover") || notice.remove(), 9000);
  }

  /* The place: the last block whose top has passed the upper third. */
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!placeUrl || !token || !blocks.length) return;
  let told = place || "", now = told, waiting = 0;
  const tell = () => {
    waiting = 0;
    if (now === told) return;
    const form = new FormData();
    form.append("block", now);
    form.append("csrfmiddlewaretoken", token);
    if (navigator.sendBeacon(placeUrl, form)) told = now;
  };
  let looking = 0;
  addEventListener("scroll", () => {
    if (looking) return;
    looking = requestAnimationFrame(() => {
      looking = 0;
      const passed = blocks.filter((block) => block.getBoundingClientRect().top < innerHeight / 3).pop();
      now = passed ? passed.dataset.block : "";
      if (now && now !== told) waiting ||= setTimeout(tell, 4000);
    });
  }, { passive: true });
  addEventListener("visibilitychange", () => { if (document.hidden && now) tell(); });
})();
