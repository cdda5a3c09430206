"""Signs what goes to other machines: `webhooks` with a shared secret, `keyrings` so that anyone can verify it."""

from apps.core.signing.webhooks import key_of, make_secret, sign, signed_headers

__all__ = ["key_of", "make_secret", "sign", "signed_headers"]
