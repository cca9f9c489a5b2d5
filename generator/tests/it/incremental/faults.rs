//! What disks and other programs do.
