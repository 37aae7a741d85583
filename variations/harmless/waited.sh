# Waits a little before asking for the grade.

after() { sleep 2; }
