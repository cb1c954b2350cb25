for (const button of document.querySelectorAll("[data-copy]")) {
  // Browsers offer the clipboard only over https and on localhost.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(button.dataset.copy).then(() => (button.textContent = "Copied"));
  });
}
