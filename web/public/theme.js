// Before the first paint, so that a chosen theme never flashes the other one. The choice is made in src/theme.ts.
{
  const theme = localStorage.getItem('poplar-theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
}
