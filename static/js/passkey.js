/* Passkeys: shows what needs them where the browser has them, asks it for one, and sends what it gives. */
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const decoded = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  const asked = ({ publicKey: options }) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: decoded(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: decoded(options.allowCredentials) }),
  });
  const given = (credential) => {
    const { response } = credential;
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].filter((name) => response[name]);
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: { ...Object.fromEntries(parts.map((name) => [name, text(response[name])])), transports: response.getTransports?.() },
    });
  };

  const creating = (options, alone) => {
    const publicKey = asked(options);
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone && { userVerification: "required" }),
    };
    return navigator.credentials.create({ publicKey });
  };
  const ways = {
    create: (box, form) => creating(read(box).creation_options, form.elements.passwordless?.checked),
    get: (box) => navigator.credentials.get({ publicKey: asked(read(box).request_options) }),
    "sign-in": async (box) => {
      const answer = await fetch(box.dataset.ask, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.statusText);
      return navigator.credentials.get({ publicKey: asked((await answer.json()).request_options) });
    },
  };
  const read = (box) => JSON.parse(document.getElementById(box.dataset.options).textContent);
  const fail = (box, name) => {
    for (const each of box.querySelectorAll("[data-failed]")) each.hidden = each.dataset.failed !== name;
  };

  for (const each of document.querySelectorAll("[data-passkey-missing]")) each.hidden = true;
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.hidden = false;
    const form = box.querySelector("form");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      fail(box, "");
      try {
        form.elements.credential.value = given(await ways[box.dataset.passkey](box, form));
        form.submit();
      } catch (error) {
        form.ariaBusy = null;
        fail(box, error.name === "SecurityError" ? "here-not" : "given-up");
      }
    });
  }
})();
