/* A button that copies an address standing beside it. Without scripts the address can be marked as any text. */
for (const button of document.querySelectorAll("[data-copies]")) {
  const announcer = document.getElementById("announcer");
  const text = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    let said = button.dataset.failed;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).href);
      said = button.dataset.done;
    } catch { /* not allowed, or no clipboard: the words say so */ }
    button.textContent = announcer.textContent = said;
    setTimeout(() => (button.textContent = text), 4000);
  });
}
