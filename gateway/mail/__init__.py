"""The operator's own mails: that one was opened, or a link of it followed, told by tokens that hold no person."""
