#pragma once

// prctl takes a variable number of arguments, which Swift cannot pass.
// Has the kernel end this process when the one that started it ends; kept across exec. Returns 0, or -1 with errno.
int understudy_die_with_parent(void);
