/* Sign-up: the form tells the zone of the browser, so that times are right from the first day on. */
document.querySelector("[name=zone]").value = Intl.DateTimeFormat().resolvedOptions().timeZone;
